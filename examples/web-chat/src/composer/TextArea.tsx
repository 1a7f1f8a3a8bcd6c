import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useRef } from 'react'

interface TextAreaProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** Enter, but not Shift+Enter and not the Enter that ends an input method's word. */
  readonly onEnter: () => void
  readonly onKeyDown?: (event: KeyboardEvent) => void
  readonly isFocused?: boolean
  readonly placeholder?: string
  readonly describedBy?: string
  readonly isInvalid?: boolean
  readonly ref?: Ref<HTMLTextAreaElement>
}

/** Grows with its text, up to what its style allows; writes in the direction of the script. */
export function TextArea(props: TextAreaProps) {
  const { label, value, onChange, onEnter, onKeyDown, isFocused, placeholder, isInvalid } = props
  const area = useRef<HTMLTextAreaElement>(null)
  useImperativeHandle(props.ref, () => area.current as HTMLTextAreaElement)

  // biome-ignore lint/correctness/useExhaustiveDependencies: its height follows its value
  useEffect(() => {
    const { current } = area
    if (!current || CSS.supports('field-sizing', 'content')) return
    current.style.height = 'auto'
    current.style.height = `${current.scrollHeight}px`
  }, [value])

  useEffect(() => {
    const { current } = area
    if (!isFocused || !current) return
    current.focus()
    current.setSelectionRange(current.value.length, current.value.length)
  }, [isFocused])

  return (
    <textarea
      ref={area}
      rows={1}
      dir="auto"
      aria-label={label}
      aria-describedby={props.describedBy}
      aria-invalid={isInvalid}
      placeholder={placeholder}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        const { key, shiftKey, nativeEvent } = event
        if (key === 'Enter' && !shiftKey && !nativeEvent.isComposing) {
          event.preventDefault()
          onEnter()
        } else onKeyDown?.(event)
      }}
    />
  )
}
