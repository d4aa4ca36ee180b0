import KernelSupport
import TestSupport
import Testing

@Suite struct ExpectCloseTests {
  @Test func `equal lists agree`() {
    #expect(firstDisagreement([1, 2, 3], [1, 2, 3], within: 0) == nil)
  }

  @Test func `a distance beyond the tolerance is found`() {
    #expect(firstDisagreement([1, 2, 3], [1, 2.1, 3], within: 0.01) != nil)
  }

  @Test func `NaN agrees with nothing`() {
    #expect(firstDisagreement([.nan], [.nan], within: 1) != nil)
  }

  @Test func `another count is found`() {
    #expect(firstDisagreement([1, 2], [1, 2, 3], within: 1) != nil)
  }
}
