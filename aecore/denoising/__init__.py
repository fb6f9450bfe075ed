"""Denoising small pictures with a trained run, beside classical filters."""
