"""A recommendation model over several processes or hosts: tables split, MLPs on parts of a batch.

The exchange is PyTorch's (`torch.distributed`, gloo): the ``[shard]`` extra.
"""
