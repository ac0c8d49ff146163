"""What becomes of a run where the program is ended, or its files are damaged, at any moment?"""
