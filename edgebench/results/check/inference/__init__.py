"""MLPerf Inference's rules on a tree, by what they are about."""
