"""How fast are features computed?"""
