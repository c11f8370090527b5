/** 1–64 letters, digits, CJK or `. _ - #` (contract §3). */
export const POINT_CODE = /^[\p{L}\p{N}._#-]{1,64}$/u;
export const POINT_CODE_WORDS = "1–64 letters, digits, CJK or . _ - #";
