import Foundation
import Notebook
import Testing

@Test(arguments: [
  ("loss 0.1234", "loss 0.1235"), ("loss 0.1234", "loss 0.1233"), ("12345.6", "12346.1"),
  ("1.23e-05", "1.24e-05"), ("-0.5", "-0.6"), ("0.0", "-0.1"), ("9.99", "10.00"),
  ("(0.25, 0.75)", "(0.26, 0.74)"), ("loss 0.5000", "loss 0.5"), ("2.00 %", "2.01 %"),
])
func `numbers agree up to rounding`(old: String, new: String) {
  #expect(Comparison.agrees(old, with: new))
  #expect(Comparison.agrees(new, with: old))
}

@Test(arguments: [
  ("loss 0.1234", "loss 0.1236"), ("12345.6", "12347.1"), ("1.23e-05", "1.25e-05"),
  ("-0.5", "0.5"), ("784 pixels", "785 pixels"), ("100000", "100001"), ("loss 0.1", "cost 0.1"),
  ("a 1.0", "a 1.0 b"), ("a", "b"), ("", "a"), ("layer1.5", "layer1.6"), ("1e999", "2e999"),
  ("#0a1b2c", "#0a1b2d"), ("nan", "0.5"), ("0.5", "0.55"), ("12", "12.9"),
])
func `everything else has to agree exactly`(old: String, new: String) {
  #expect(!Comparison.agrees(old, with: new))
  #expect(!Comparison.agrees(new, with: old))
}

@Test func `volatile text agrees with anything and nothing else does`() {
  let new = "epoch 3 took \(timing(1.5)), \(volatile("2.0×")) as fast, loss 0.25"
  #expect(Comparison.agrees("epoch 3 took 20.1 ms, 11.3× as fast, loss 0.25", with: new))
  #expect(Comparison.agrees("epoch 3 took   20.1 ms  , 11.3× as fast, loss 0.25", with: new))
  #expect(!Comparison.agrees("epoch 4 took 20.1 ms, 11.3× as fast, loss 0.25", with: new))
  #expect(!Comparison.agrees("epoch 3 took 20.1 ms, 11.3× as fast, loss 0.35", with: new))
  #expect(!Comparison.agrees("epoch 3 took 20.1 ms, 11.3× as slow, loss 0.25", with: new))
  #expect(Comparison.agrees("| dot | 1 ms | 3× |", with: "| dot | \(timing(2)) | \(volatile(4)) |"))
  #expect(!Comparison.agrees("| dot | 1 ms |", with: "| dot | \(timing(2)) | \(volatile(4)) |"))
}

@Test func `drawings agree up to rounding`() {
  func difference(_ old: String, _ new: String) -> String? {
    FigureComparison.difference(old: Data(old.utf8), new: Data(new.utf8), fileExtension: "svg")
  }
  let old = "<svg>\n<line x1=\"10.25\"/>\n</svg>"
  #expect(difference(old, old) == nil)
  #expect(difference(old, "<svg>\n<line x1=\"10.26\"/>\n</svg>") == nil)
  #expect(
    difference(old, "<svg>\n<line x1=\"10.35\"/>\n</svg>")
      == "line 2 was '<line x1=\"10.25\"/>', is '<line x1=\"10.35\"/>'")
  #expect(difference(old, old + "\n<g/>") == "it had 3 lines, has 4")
}

@Test func `pictures agree up to two shades`() {
  func picture(_ values: [UInt8], width: Int = 2) -> Data {
    PNG(width: width, height: values.count / width, channelCount: 1, values: values).encoded()
  }
  func difference(_ old: Data, _ new: Data) -> String? {
    FigureComparison.difference(old: old, new: new, fileExtension: "png")
  }
  let old = picture([10, 20, 30, 40])
  #expect(difference(old, picture([12, 18, 30, 40])) == nil)
  #expect(
    difference(old, picture([10, 20, 33, 40])) == "the pixel in row 1, column 0 was 30, is 33")
  #expect(difference(old, picture([10, 20, 30, 40], width: 1))?.contains("2×2 pixels") == true)
  #expect(difference(Data("none".utf8), old) == "it is no picture of this book's making")
}
