// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.platter.backend.vmdk.descriptor.Descriptor.Line;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.error.DiskException;

/** Reads a descriptor in linear time. For one text. */
final class DescriptorParser {
    private static final Pattern SIGNATURE = Pattern.compile("# ?disk descriptor ?file");
    private static final Pattern FIRST_KEY = Pattern.compile("version *= *\"?[0-9]{1,9}\"?");
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final byte[] text;
    private final List<Line> lines = new ArrayList<>();
    private final Map<String, String> header = new HashMap<>(); // keys in lower case
    private int extents;
    private long sectors;

    DescriptorParser(ByteBuffer bytes) throws DiskException {
        byte[] all = new byte[bytes.remaining()];
        bytes.duplicate().get(all);
        text = withoutPadding(all);
    }

    private static byte[] withoutPadding(byte[] all) throws DiskException {
        int length = 0;
        while (length < all.length && all[length] != 0) {
            length++;
        }
        return Arrays.copyOf(all, length);
    }

    /**
     * True if a file that starts so is a descriptor: by the first line that VMware's products write, or because the first
     * line that is neither blank nor comment is the version, which is what they look for.
     */
    static boolean signature(ByteBuffer start) {
        byte[] bytes = new byte[start.remaining()];
        start.duplicate().get(bytes);
        int from = mark(bytes);
        String text = new String(bytes, from, bytes.length - from, StandardCharsets.ISO_8859_1);
        for (String line : text.split("\n", -1)) {
            String trimmed = line.strip().toLowerCase(Locale.ROOT);
            if (SIGNATURE.matcher(trimmed).matches()) {
                return true;
            }
            if (!trimmed.isEmpty() && !trimmed.startsWith("#")) {
                return FIRST_KEY.matcher(trimmed).matches();
            }
            if (trimmed.chars().anyMatch(c -> c < ' ' && c != '\t')) {
                return false;
            }
        }
        return false;
    }

    /** Bytes of the byte order mark at the start. */
    private static int mark(byte[] bytes) {
        int length = BYTE_ORDER_MARK.length;
        boolean marked = bytes.length >= length && Arrays.equals(bytes, 0, length, BYTE_ORDER_MARK, 0, length);
        return marked ? length : 0;
    }

    Descriptor parse() throws DiskException {
        if (text.length == 0) {
            throw Bad.header("VMDK descriptor: has no text");
        }
        Charset charset = Charsets.of(text);
        for (int from = 0; from < text.length; ) {
            int end = from;
            while (end < text.length && text[end] != '\n') {
                end++;
            }
            end = Math.min(end + 1, text.length);
            add(from, end, charset);
            from = end;
        }
        byte[] first = lines.get(0).bytes();
        boolean carriageReturn = first.length > 1 && first[first.length - 2] == '\r';
        return new Descriptor(charset, carriageReturn ? "\r\n" : "\n", lines);
    }

    private void add(int from, int end, Charset charset) throws DiskException {
        if (end - from > Descriptor.MOST_LINE) {
            throw Bad.header("VMDK descriptor: line " + (lines.size() + 1) + " has " + (end - from)
                    + " bytes, more than " + Descriptor.MOST_LINE);
        }
        byte[] bytes = Arrays.copyOfRange(text, from, end);
        int mark = from == 0 ? mark(bytes) : 0;
        String line = Charsets.decode(ByteBuffer.wrap(bytes, mark, bytes.length - mark), charset)
                .stripTrailing();
        String trimmed = line.strip();
        if (line.indexOf('\r') >= 0) {
            throw Bad.header("VMDK descriptor: carriage return inside line " + (lines.size() + 1));
        }
        if (trimmed.isEmpty() || trimmed.startsWith("#")) {
            lines.add(new Line(bytes, null, null, null));
        } else if (ExtentLine.starts(trimmed)) {
            addExtent(bytes, trimmed);
        } else {
            addKey(bytes, trimmed);
        }
    }

    private void addExtent(byte[] bytes, String line) throws DiskException {
        ExtentLine extent = ExtentLine.parse(line);
        sectors += extent.sectors();
        if (++extents > Descriptor.MOST_EXTENTS) {
            throw Bad.header("VMDK descriptor: more than " + Descriptor.MOST_EXTENTS + " extents");
        }
        if (sectors > Sectors.MOST) {
            throw Bad.header("VMDK descriptor: extents of " + sectors + " sectors in all are more than 2^63 bytes");
        }
        lines.add(new Line(bytes, null, null, extent));
    }

    private void addKey(byte[] bytes, String line) throws DiskException {
        int equals = line.indexOf('=');
        String key = equals < 0 ? "" : line.substring(0, equals).stripTrailing();
        if (key.isEmpty() || !key.chars().allMatch(DescriptorParser::keyCharacter)) {
            throw Bad.header("VMDK descriptor: line " + (lines.size() + 1)
                    + " is no comment, no extent and no key with a value: " + LineScanner.shown(line));
        }
        String value = unquoted(line.substring(equals + 1).strip(), line);
        refuseContradiction(key, value);
        lines.add(new Line(bytes, key, value, null));
    }

    private static boolean keyCharacter(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-';
    }

    private static String unquoted(String value, String line) throws DiskException {
        if (!value.startsWith("\"")) {
            return value;
        }
        int end = value.indexOf('"', 1);
        if (end < 0) {
            throw Bad.header("VMDK descriptor: quote without end in " + LineScanner.shown(line));
        }
        return value.substring(1, end);
    }

    /** Which of two header lines counts would depend on the reader. */
    private void refuseContradiction(String key, String value) throws DiskException {
        if (!key.startsWith("ddb.")) {
            String other = header.putIfAbsent(key.toLowerCase(Locale.ROOT), value);
            if (other != null && !other.equals(value)) {
                throw Bad.header("VMDK descriptor: " + key + " is both " + LineScanner.shown(other) + " and "
                        + LineScanner.shown(value));
            }
        }
    }
}
