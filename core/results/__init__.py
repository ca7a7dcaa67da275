"""What a run says: its result as typed values, and every figure that is derived from one."""
