"""Telling people and monitoring services how a command ended.

`message` and `changes` decide what is told and when; `delivery` and `ping` send it. A URL holds
secrets: no module here prints, logs or raises one.
"""
