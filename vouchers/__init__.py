"""What residents are entitled to: programmes, vouchers, redemptions, moves and the portability plan."""
