"""A whole MLPerf Tiny submission without hardware: everything that MLCommons' runner talks to."""
