"""Ops that make one value of many: pooling, means, extremes, SOFTMAX."""
