"""A run's result as typed values, and every figure derived from one."""
