"""How good is the audit's order?"""
