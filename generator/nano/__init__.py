"""Nano: a stereo autoencoder and a diffusion transformer small enough to be trained on two cores, and to ship."""
