"""The benchmark: each file runs one of its parts and returns figures; `foley bench` prints and keeps them."""
