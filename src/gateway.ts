// The room in the middle: inbox → step → logs → people → series. The only live caller of step.
export {};
