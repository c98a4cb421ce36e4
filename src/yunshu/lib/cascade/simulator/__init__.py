"""A level above to try with: 省级平台模拟器. It is nobody's platform; it keeps what it is sent and answers as a contract says.

``book`` is what it remembers (SQLite), ``desk`` what it does with a message, ``faults`` what can be made to go wrong,
``serving`` the HTTP ends and the page for whoever plays the province. Only for loopback: the page asks for no password.
"""
