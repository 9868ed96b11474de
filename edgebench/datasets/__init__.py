"""Datasets: samples, their labels, and the metric that turns outputs into accuracy."""
