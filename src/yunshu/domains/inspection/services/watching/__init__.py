"""The machine at accounts: ``feeding`` asks their feeds, ``reading`` checks the words of posts, ``judging`` the accounts themselves."""
