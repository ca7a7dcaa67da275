"""What people upload, read into annotation sets; problems with remedies."""
