"""A recommendation model over several processes or hosts: tables split, MLPs on parts of a batch.

The exchange is MPI's: the ``[shard]`` extra brings mpi4py and MPICH.
"""
