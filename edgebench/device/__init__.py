"""Serial devices that speak the MLPerf Tiny protocol.

`protocol` is sans-IO: bytes in, events out. `link` owns a port, with deadlines and a transcript.
`client` is a device that is talked to: load, infer, results, and what to do when that fails.
`probe` finds devices. `wire` is the test kit's serial line: a pty that keeps a baud rate's byte
times and makes the faults that it is asked to make.
"""
