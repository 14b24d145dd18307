"""Finds input files where they are, and copies or archives them."""
