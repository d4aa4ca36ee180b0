/// Letters of five by seven pixels, for the short labels in pictures.
enum PixelFont {
  /// The height of a letter, in its own pixels.
  static let height = 7
  /// The least distance between two labels.
  static let gap = 4
  private static let width = 5

  /// Where a text is inked.
  ///
  /// - Parameter text: Latin letters, digits and a few signs; anything else becomes an empty box.
  /// - Returns: the text's width, and the places of its dark pixels from the upper left.
  static func pixels(of text: String) -> (width: Int, places: [(x: Int, y: Int)]) {
    var places: [(x: Int, y: Int)] = []
    for (index, character) in text.enumerated() {
      for (y, row) in rows(of: character).enumerated() {
        for x in 0..<width where row >> UInt8(width - 1 - x) & 1 == 1 {
          places.append((index * (width + 1) + x, y))
        }
      }
    }
    return (text.isEmpty ? 0 : text.count * (width + 1) - 1, places)
  }

  private static let box: [UInt8] = [31, 17, 17, 17, 17, 17, 31]

  /// The seven rows of a character, each with its leftmost pixel in the highest of five bits.
  private static func rows(of character: Character) -> [UInt8] {
    guard let digits = glyphs[character] else { return character == " " ? [] : box }
    return digits.split(separator: " ").map { UInt8($0, radix: 16) ?? 0 }
  }

  private static let glyphs: [Character: String] = [
    "0": "0E 11 13 15 19 11 0E", "1": "04 0C 04 04 04 04 0E", "2": "0E 11 01 06 08 10 1F",
    "3": "1F 02 04 02 01 11 0E", "4": "02 06 0A 12 1F 02 02", "5": "1F 10 1E 01 01 11 0E",
    "6": "06 08 10 1E 11 11 0E", "7": "1F 01 02 04 08 08 08", "8": "0E 11 11 0E 11 11 0E",
    "9": "0E 11 11 0F 01 02 0C",
    "A": "0E 11 11 1F 11 11 11", "B": "1E 11 11 1E 11 11 1E", "C": "0E 11 10 10 10 11 0E",
    "D": "1E 11 11 11 11 11 1E", "E": "1F 10 10 1E 10 10 1F", "F": "1F 10 10 1E 10 10 10",
    "G": "0E 11 10 17 11 11 0F", "H": "11 11 11 1F 11 11 11", "I": "0E 04 04 04 04 04 0E",
    "J": "07 02 02 02 02 12 0C", "K": "11 12 14 18 14 12 11", "L": "10 10 10 10 10 10 1F",
    "M": "11 1B 15 15 11 11 11", "N": "11 19 15 15 13 11 11", "O": "0E 11 11 11 11 11 0E",
    "P": "1E 11 11 1E 10 10 10", "Q": "0E 11 11 11 15 12 0D", "R": "1E 11 11 1E 14 12 11",
    "S": "0F 10 10 0E 01 01 1E", "T": "1F 04 04 04 04 04 04", "U": "11 11 11 11 11 11 0E",
    "V": "11 11 11 11 11 0A 04", "W": "11 11 11 15 15 1B 11", "X": "11 11 0A 04 0A 11 11",
    "Y": "11 11 0A 04 04 04 04", "Z": "1F 01 02 04 08 10 1F",
    "a": "00 00 0E 01 0F 11 0F", "b": "10 10 1E 11 11 11 1E", "c": "00 00 0F 10 10 10 0F",
    "d": "01 01 0F 11 11 11 0F", "e": "00 00 0E 11 1F 10 0E", "f": "06 08 1C 08 08 08 08",
    "g": "00 0F 11 11 0F 01 0E", "h": "10 10 1E 11 11 11 11", "i": "04 00 0C 04 04 04 0E",
    "j": "02 00 06 02 02 12 0C", "k": "10 10 12 14 18 14 12", "l": "0C 04 04 04 04 04 0E",
    "m": "00 00 1A 15 15 15 15", "n": "00 00 1E 11 11 11 11", "o": "00 00 0E 11 11 11 0E",
    "p": "00 00 1E 11 1E 10 10", "q": "00 00 0F 11 0F 01 01", "r": "00 00 16 18 10 10 10",
    "s": "00 00 0F 10 0E 01 1E", "t": "08 08 1C 08 08 08 06", "u": "00 00 11 11 11 11 0F",
    "v": "00 00 11 11 11 0A 04", "w": "00 00 11 15 15 15 0A", "x": "00 00 11 0A 04 0A 11",
    "y": "00 11 11 0F 01 02 0C", "z": "00 00 1F 02 04 08 1F",
    ".": "00 00 00 00 00 0C 0C", ",": "00 00 00 00 0C 04 08", ":": "00 0C 0C 00 0C 0C 00",
    "-": "00 00 00 1F 00 00 00", "−": "00 00 00 1F 00 00 00", "+": "00 04 04 1F 04 04 00",
    "=": "00 00 1F 00 1F 00 00", "/": "01 01 02 04 08 10 10", "%": "18 19 02 04 08 13 03",
    "(": "02 04 08 08 08 04 02", ")": "08 04 02 02 02 04 08", "?": "0E 11 01 02 04 00 04",
    "!": "04 04 04 04 04 00 04", "→": "00 04 02 1F 02 04 00", "<": "02 04 08 10 08 04 02",
    ">": "08 04 02 01 02 04 08", "#": "0A 0A 1F 0A 1F 0A 0A", "×": "00 11 0A 04 0A 11 00",
  ]
}
