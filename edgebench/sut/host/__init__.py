"""Systems under test that a library of this machine computes, in threads or in processes."""
