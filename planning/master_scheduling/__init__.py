"""What a master schedule is made from: the sales plan, the capacity bill of what is sold, what is there already."""
