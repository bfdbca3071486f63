"""The injected Diffusion Transformer: a text-to-sound backbone that is told where and when (eq. 4-7)."""
