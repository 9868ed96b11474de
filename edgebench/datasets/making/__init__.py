"""Datasets from folders of images or sounds: one .npz of real values, labels and class names."""
