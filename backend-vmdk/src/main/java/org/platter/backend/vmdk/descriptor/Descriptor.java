// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * The text that describes a VMDK. It gives back every byte that was read; a change touches the lines of what changes
 * and no other, but a key that occurs twice is left once. Keys are compared without case, and the first counts.
 * Immutable.
 */
public final class Descriptor {
    /** The most bytes of a line. */
    static final int MOST_LINE = 1 << 16;

    /** The most extents. */
    static final int MOST_EXTENTS = 4096;

    private static final String DATABASE = "ddb.";

    /** A line with its end, and what it says: a key with a value, an extent, or neither. */
    record Line(byte[] bytes, String key, String value, ExtentLine extent) {
        boolean keyed() {
            return key != null;
        }

        boolean is(String other) {
            return keyed() && lower(key).equals(lower(other));
        }
    }

    private final Charset charset;
    private final String lineEnd;
    private final List<Line> lines;
    private final Map<String, Integer> keys = new HashMap<>(); // lower case, to the first line

    Descriptor(Charset charset, String lineEnd, List<Line> lines) {
        this.charset = charset;
        this.lineEnd = lineEnd;
        this.lines = List.copyOf(lines);
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).keyed()) {
                keys.putIfAbsent(lower(lines.get(i).key()), i);
            }
        }
    }

    /** Reads a text; NULs at its end do not count. */
    public static Descriptor parse(ByteBuffer text) throws DiskException {
        return new DescriptorParser(text).parse();
    }

    /** True if these first bytes of a file start a descriptor. */
    public static boolean startsLikeOne(ByteBuffer start) {
        return DescriptorParser.signature(start);
    }

    private static String lower(String key) {
        return key.toLowerCase(Locale.ROOT);
    }

    /** The value of a key, without quotes. */
    public Optional<String> value(String key) {
        Integer line = keys.get(lower(key));
        return line == null ? Optional.empty() : Optional.of(lines.get(line).value());
    }

    /** The extents in their order. */
    public List<ExtentLine> extents() {
        return lines.stream().map(Line::extent).filter(extent -> extent != null).toList();
    }

    /** The same with a value written as it is, as header keys are. */
    public Descriptor with(String key, String value) throws DiskException {
        return put(key, key + "=" + checked(key, value), value);
    }

    /** The same with a value in quotes. */
    public Descriptor withQuoted(String key, String value) throws DiskException {
        String line = key + (key.startsWith(DATABASE) ? " = " : "=") + '"' + checked(key, value) + '"';
        return put(key, line, value);
    }

    /** The same with free text in quotes, escaped. */
    public Descriptor withText(String key, String text) throws DiskException {
        return withQuoted(key, Comments.escape(text, charset));
    }

    private String checked(String key, String value) throws DiskException {
        boolean clean = value.chars().noneMatch(c -> c == '"' || Character.isISOControl(c));
        if (!clean || !Charsets.keeps(value, charset)) {
            throw new DiskException(
                    ErrorCode.BAD_VALUE,
                    "VMDK descriptor: a value of " + key + " cannot have quotes, control characters or letters that "
                            + charset + " lacks: " + LineScanner.shown(value));
        }
        return value;
    }

    private Descriptor put(String key, String text, String value) throws DiskException {
        Line line = new Line(bytes(text), key, value, null);
        List<Line> changed = new ArrayList<>(lines);
        Integer at = keys.get(lower(key));
        if (at != null) {
            changed.set(at, line);
            changed.removeIf(other -> other != line && other.is(key));
        } else {
            endLastLine(changed);
            changed.add(key.startsWith(DATABASE) ? changed.size() : afterHeader(), line);
        }
        return new Descriptor(charset, lineEnd, changed);
    }

    /** Where a new header key goes: behind the last one. */
    private int afterHeader() {
        int after = 1;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).extent() != null) {
                break;
            }
            if (lines.get(i).keyed() && !lower(lines.get(i).key()).startsWith(DATABASE)) {
                after = i + 1;
            }
        }
        return Math.min(after, lines.size());
    }

    private void endLastLine(List<Line> changed) {
        Line last = changed.get(changed.size() - 1);
        byte[] bytes = last.bytes();
        if (bytes[bytes.length - 1] != '\n') {
            ByteArrayOutputStream ended = new ByteArrayOutputStream();
            ended.writeBytes(bytes);
            ended.writeBytes(lineEnd.getBytes(charset));
            Line line = new Line(ended.toByteArray(), last.key(), last.value(), last.extent());
            changed.set(changed.size() - 1, line);
        }
    }

    private byte[] bytes(String text) throws DiskException {
        byte[] bytes = (text + lineEnd).getBytes(charset);
        if (bytes.length > MOST_LINE) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "VMDK descriptor: a line of " + bytes.length + " bytes is longer than " + MOST_LINE + ": "
                            + LineScanner.shown(text));
        }
        return bytes;
    }

    /** The same without a key, wherever it occurs. */
    public Descriptor without(String key) {
        if (!keys.containsKey(lower(key))) {
            return this;
        }
        List<Line> changed = new ArrayList<>(lines);
        changed.removeIf(line -> line.is(key));
        return new Descriptor(charset, lineEnd, changed);
    }

    /** The same with other extents, at the place of the old ones; lines of extents that stay are not touched. */
    public Descriptor withExtents(List<ExtentLine> extents) throws DiskException {
        List<Line> changed = new ArrayList<>(lines);
        int next = 0;
        int behind = changed.size();
        for (int i = 0; i < changed.size(); i++) {
            ExtentLine old = changed.get(i).extent();
            if (old != null && next < extents.size()) {
                changed.set(i, old.equals(extents.get(next)) ? changed.get(i) : line(extents.get(next)));
                next++;
                behind = i + 1;
            }
        }
        if (next < extents.size()) {
            endLastLine(changed);
        }
        for (; next < extents.size(); next++) {
            changed.add(behind++, line(extents.get(next)));
        }
        return new Descriptor(charset, lineEnd, changed);
    }

    private Line line(ExtentLine extent) throws DiskException {
        checked("an extent's file", extent.name());
        return new Line(bytes(extent.text()), null, null, extent);
    }

    /** The text, byte for byte. */
    public byte[] bytes() {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        lines.forEach(line -> text.writeBytes(line.bytes()));
        return text.toByteArray();
    }
}
