"""Which recordings get which tag?"""
