"""How often is the reason right?"""
