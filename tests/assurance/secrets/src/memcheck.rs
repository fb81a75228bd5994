//! The two requests to memcheck that are needed, as `memcheck.h` of valgrind writes them for x86-64: no code that does anything outside
//! valgrind. The only unsafe code here.

#[derive(Clone, Copy)]
pub enum State {
    Undefined = 0x4D43_0001,
    Defined = 0x4D43_0002,
}

/// Marks the bytes of `value` itself, not of what it points to. Outside valgrind this panics.
pub fn mark<T: ?Sized>(value: &mut T, state: State) {
    let length = size_of_val(value);
    let request =
        [state as u64, std::ptr::from_mut(value) as *mut u8 as u64, length as u64, 0, 0, 0];
    let mut answer = 0u64;
    // SAFETY: the rotations add up to nothing and `rbx` is exchanged with itself; valgrind, which knows the sequence, writes `rdx`
    // and its own notes about the bytes that `request` names, which are borrowed here alone.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            inout("rdx") answer,
            in("rax") &request,
        );
    }
    assert_eq!(answer, u64::MAX, "not under memcheck");
}
