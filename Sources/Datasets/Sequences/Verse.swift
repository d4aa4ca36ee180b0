/// A small text written for this book: a song of sailors, with a refrain, that a model can learn by heart.
public enum Verse {
  /// The song: a line of text a line, an empty one after each stanza.
  public static let harbour = """
    The lamps are lit along the quay,
    the tide is turning in the bay,
    and one by one the boats go out
    to where the herring shoals may stay.
    Row, sailor, row, the night is long,
    the wind is cold, the sea is strong.

    The keeper climbs his hundred stairs
    and sets the great white light to burn;
    he counts the sails that leave the bay
    and counts them over on return.
    Row, sailor, row, the night is long,
    the wind is cold, the sea is strong.

    The mother by the window sits
    and mends the net she made last year;
    she does not look towards the door,
    she only listens, half in fear.
    Row, sailor, row, the night is long,
    the wind is cold, the sea is strong.

    The child has drawn upon the glass
    a boat, a sail, a moon, a star;
    he asks how deep the water is,
    he asks how far the islands are.
    Row, sailor, row, the night is long,
    the wind is cold, the sea is strong.

    At two the wind has turned to west,
    at three the rain has come from sea,
    at four the keeper counts the sails
    and finds them all but two, or three.
    Row, sailor, row, the night is long,
    the wind is cold, the sea is strong.

    The gulls are first to see the sail,
    the child is first to see the light,
    and down the stairs and down the lane
    they run to where the ropes are tight.
    Rest, sailor, rest, the night was long,
    the wind was cold, the sea was strong.

    The net is full, the boat is wet,
    the bread is warm, the door is wide,
    and no one counts the sails again
    before the turning of the tide.
    Rest, sailor, rest, the night was long,
    the wind was cold, the sea was strong.

    """
}
