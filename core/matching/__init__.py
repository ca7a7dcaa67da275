"""What the columns of any table mean: guessed, mended by the user, and put into the one form."""
