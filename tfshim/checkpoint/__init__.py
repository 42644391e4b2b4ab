"""Checkpoints: the files, and how objects are saved to and restored from them."""
