"""Kernels over columns: the index of dense ids, windows over timelines, patterns in the transfer graph."""
