"""`village up`: the embedded servers, the platform's own processes, and the one who looks after them."""
