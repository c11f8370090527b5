import { DAY } from "./time.ts";

/** A day of the calendar: how many days after 1970-01-01. What day it is somewhere, its zone says. */
export type DayNumber = number;

const TEXT = /^(\d{4})-(\d{2})-(\d{2})$/;
/** Days of 400 years, after which the calendar repeats; from 0000-03-01 to 1970-01-01. */
const ERA = 146_097;
const SHIFT = 719_468;

/** The day of `2026-02-07`; null = no such day. */
export function dayNumber(text: string): DayNumber | null {
  const [, year, month, day] = TEXT.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const number = daysFrom(Number(year), Number(month), Number(day));
  return dayWords(number) === text ? number : null;
}

/** `2026-02-07`. */
export function dayWords(number: DayNumber): string {
  const day = number + SHIFT;
  const era = Math.floor(day / ERA);
  const ofEra = day - era * ERA;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  // Years begin in March, so that the day a leap year has more is their last.
  const march = Math.floor((5 * ofYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  const date = ofYear - Math.floor((153 * march + 2) / 5) + 1;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(date)}`;
}

/** `08:30` of so many minutes after midnight. */
export const clockWords = (minutes: number): string =>
  `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

export const DAY_MINUTES = DAY / 60_000;

const two = (number: number): string => String(number).padStart(2, "0");

function daysFrom(year: number, month: number, date: number): DayNumber {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + date - 1;
  const ofEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + ofYear;
  return era * ERA + ofEra - SHIFT;
}
