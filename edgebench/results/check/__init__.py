"""Our own checks of a submission tree, stricter where the official checkers are lax."""
