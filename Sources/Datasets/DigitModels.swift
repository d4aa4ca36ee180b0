import KernelSupport

/// The shapes that people write a digit in, before anybody's hand has changed them.
///
/// Points are in hundredths of a digit's height: x to the right, y down. The pen runs smoothly through
/// them; a point named twice is a corner.
enum DigitModels {
  /// `models[d]` holds the ways to write the digit `d`, all equally frequent.
  static let models: [[[Stroke]]] = [
    zeros, ones, twos, threes, fours, fives, sixes, sevens, eights, nines,
  ]

  private static let zeros: [[Stroke]] = [
    // Closed, begun at the top.
    [
      [
        [35, 2], [12, 18], [3, 50], [12, 84], [34, 98], [56, 82], [65, 48], [56, 14], [35, 2],
      ]
    ],
    // Rounder, the end crossing the beginning.
    [
      [
        [42, 8], [16, 8], [2, 38], [6, 76], [32, 97], [60, 86], [72, 50], [62, 16], [36, 3],
        [24, 12],
      ]
    ],
    // Left open at the top.
    [
      [
        [34, 5], [14, 22], [5, 52], [14, 84], [36, 97], [56, 80], [64, 46], [54, 16], [44, 4],
      ]
    ],
  ]

  private static let ones: [[Stroke]] = [
    // A bar.
    [[[20, 0], [20, 34], [20, 67], [20, 100]]],
    // With an upstroke.
    [[[4, 24], [13, 13], [20, 0], [20, 0], [20, 50], [19, 100]]],
    // With an upstroke and a foot.
    [
      [[10, 24], [20, 13], [28, 0], [28, 0], [28, 50], [28, 98]],
      [[6, 99], [28, 98], [52, 99]],
    ],
    // A bar again, since so it is written most often.
    [[[22, 0], [20, 34], [19, 67], [18, 100]]],
  ]

  private static let twos: [[Stroke]] = [
    // With a corner at the foot.
    [
      [
        [6, 22], [20, 4], [42, 2], [56, 20], [48, 44], [27, 72], [4, 97], [4, 97], [32, 95],
        [64, 96],
      ]
    ],
    // With a loop at the foot.
    [
      [
        [8, 26], [18, 6], [40, 2], [54, 20], [46, 48], [28, 78], [10, 95], [2, 84], [16, 78],
        [36, 92], [66, 96],
      ]
    ],
    // Wide and flat.
    [
      [
        [2, 14], [24, 3], [50, 8], [56, 30], [36, 60], [4, 94], [4, 94], [36, 98], [68, 90],
      ]
    ],
  ]

  private static let threes: [[Stroke]] = [
    // Round, with a corner in the middle.
    [
      [
        [8, 14], [26, 2], [50, 10], [50, 32], [24, 46], [24, 46], [52, 56], [58, 80], [34, 98],
        [4, 88],
      ]
    ],
    // With a small loop in the middle.
    [
      [
        [6, 10], [30, 1], [52, 16], [42, 40], [22, 48], [28, 40], [50, 54], [58, 76], [38, 97],
        [6, 92],
      ]
    ],
    // With a flat top.
    [
      [
        [6, 4], [30, 4], [56, 4], [56, 4], [40, 24], [24, 42], [24, 42], [52, 52], [58, 78],
        [34, 98], [4, 88],
      ]
    ],
  ]

  private static let fours: [[Stroke]] = [
    // Open at the top.
    [
      [[12, 2], [9, 28], [4, 54], [4, 54], [32, 54], [62, 52]],
      [[50, 8], [48, 40], [46, 70], [44, 100]],
    ],
    // Closed, in one line.
    [
      [
        [52, 100], [52, 50], [52, 0], [52, 0], [28, 34], [2, 66], [2, 66], [36, 66], [74, 64],
      ]
    ],
    // Open and rounded, like a U with a tail.
    [
      [[8, 4], [4, 28], [12, 48], [32, 48], [50, 36]],
      [[54, 2], [52, 34], [50, 68], [48, 100]],
    ],
  ]

  private static let fives: [[Stroke]] = [
    // The bar on top drawn last.
    [
      [
        [14, 4], [10, 24], [7, 44], [7, 44], [32, 36], [56, 50], [56, 78], [34, 98], [4, 90],
      ],
      [[14, 4], [36, 4], [60, 1]],
    ],
    // In one line.
    [
      [
        [60, 3], [38, 4], [16, 5], [16, 5], [12, 24], [8, 42], [8, 42], [36, 42], [54, 60],
        [46, 86], [24, 98], [2, 92],
      ]
    ],
    // Without a corner at the waist.
    [
      [
        [66, 2], [44, 4], [22, 8], [22, 8], [14, 30], [24, 44], [46, 54], [52, 76], [34, 95],
        [4, 96],
      ]
    ],
  ]

  private static let sixes: [[Stroke]] = [
    // A long bow and a round belly.
    [
      [
        [46, 0], [22, 22], [6, 52], [8, 84], [32, 98], [54, 82], [50, 58], [28, 54], [10, 70],
      ]
    ],
    // Upright, with a small belly.
    [
      [
        [24, 0], [12, 30], [5, 62], [14, 92], [36, 97], [52, 82], [42, 64], [22, 68], [10, 84],
      ]
    ],
    // Curled at the top.
    [
      [
        [56, 10], [38, 2], [16, 22], [4, 56], [14, 90], [40, 98], [58, 78], [46, 56], [22, 60],
        [8, 76],
      ]
    ],
  ]

  private static let sevens: [[Stroke]] = [
    // Plain.
    [[[0, 5], [32, 4], [64, 3], [64, 3], [48, 34], [34, 66], [24, 100]]],
    // With a bar.
    [
      [[4, 5], [32, 4], [62, 3], [62, 3], [46, 34], [34, 66], [26, 100]],
      [[16, 52], [36, 50], [58, 48]],
    ],
    // With a serif, and curved.
    [[[1, 24], [3, 6], [3, 6], [32, 8], [62, 4], [62, 4], [54, 36], [44, 68], [40, 100]]],
  ]

  private static let eights: [[Stroke]] = [
    // One line, crossing in the middle.
    [
      [
        [52, 12], [32, 1], [12, 14], [18, 36], [44, 56], [54, 80], [32, 99], [8, 82], [18, 56],
        [44, 38], [52, 12],
      ]
    ],
    // Two rings.
    [
      [[32, 2], [14, 12], [14, 34], [32, 45], [50, 34], [50, 12], [32, 2]],
      [[32, 45], [8, 58], [8, 86], [32, 98], [56, 86], [56, 58], [32, 45]],
    ],
    // One line, left open at the top.
    [
      [
        [56, 8], [34, 3], [14, 16], [22, 40], [44, 58], [50, 82], [30, 98], [10, 84], [22, 56],
        [46, 36], [60, 16],
      ]
    ],
  ]

  private static let nines: [[Stroke]] = [
    // A ring and a straight leg.
    [
      [
        [52, 14], [30, 1], [8, 16], [8, 40], [28, 50], [48, 36], [52, 14], [52, 14], [48, 56],
        [44, 100],
      ]
    ],
    // A ring and a hook.
    [
      [
        [54, 16], [32, 2], [8, 14], [6, 38], [28, 48], [50, 32], [54, 16], [54, 16], [56, 50],
        [48, 84], [28, 99], [6, 90],
      ]
    ],
    // Small ring, leaning leg.
    [
      [
        [46, 10], [26, 4], [8, 22], [16, 40], [38, 34], [50, 8], [50, 8], [42, 40], [30, 70],
        [20, 100],
      ]
    ],
  ]
}
