// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.platter.backend.vmdk.extent.Sectors;

/**
 * A second copy of a text that is about to be stored, at the first sector behind it: a line with the length of the text,
 * checksums of everything before the journal with the old and with the new text, and one of all that and the text; then
 * the text with a hash in front of every line, so that other programs see comments.
 *
 * <p>The rule of crash order: the journal is durable before the text changes, and the text before the journal goes. A
 * text that is neither the old nor the new one was torn, and the journal, whole by then, counts. The checksum of the old
 * text is there because a journal may outlive its text: what some other program wrote since is not undone by it.
 */
final class DescriptorJournal {
    private static final byte[] START = "# Platter twin ".getBytes(StandardCharsets.US_ASCII);
    private static final int FIRST_LINE = START.length + 4 * 8 + 3 + 1;

    private DescriptorJournal() {}

    /** The journal of {@code text}; before it is {@code old} now and {@code wanted} later. */
    static byte[] of(byte[] old, byte[] wanted, byte[] text) {
        ByteArrayOutputStream journal = new ByteArrayOutputStream(FIRST_LINE + text.length * 2);
        journal.writeBytes(START);
        String numbers = String.format("%08x %08x %08x ", text.length, sum(old), sum(wanted));
        journal.writeBytes(numbers.getBytes(StandardCharsets.US_ASCII));
        String sum = String.format("%08x", sum(numbers, text)) + "\n";
        journal.writeBytes(sum.getBytes(StandardCharsets.US_ASCII));
        boolean lineStart = true;
        for (byte each : text) {
            if (lineStart) {
                journal.write('#');
            }
            journal.write(each);
            lineStart = each == '\n';
        }
        return journal.toByteArray();
    }

    private static int sum(String numbers, byte[] text) {
        CRC32 crc = new CRC32();
        crc.update(numbers.getBytes(StandardCharsets.US_ASCII));
        crc.update(text);
        return (int) crc.getValue();
    }

    private static int sum(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** Where the journal starts, or the length if there is none. */
    static int find(byte[] all) {
        for (int at = Sectors.BYTES; at + FIRST_LINE <= all.length; at += Sectors.BYTES) {
            if (Arrays.equals(all, at, at + START.length, START, 0, START.length)) {
                return at;
            }
        }
        return all.length;
    }

    /** The text of the journal at {@code at}, if it is whole and what is before it is neither the old text nor the new. */
    static byte[] recover(byte[] all, int at) {
        if (at == all.length) {
            return null;
        }
        String line = new String(all, at, FIRST_LINE, StandardCharsets.US_ASCII);
        long[] numbers = numbers(line);
        if (numbers == null || numbers[0] > all.length) {
            return null;
        }
        byte[] text = text(all, at + FIRST_LINE, (int) numbers[0]);
        int before = sum(Arrays.copyOf(all, at));
        String counted = line.substring(START.length, START.length + 27);
        boolean whole = text != null && sum(counted, text) == (int) numbers[3];
        return whole && before != (int) numbers[1] && before != (int) numbers[2] ? text : null;
    }

    private static long[] numbers(String line) {
        String[] words = line.substring(START.length).stripTrailing().split(" ");
        long[] numbers = new long[4];
        for (int i = 0; i < numbers.length; i++) {
            if (words.length != numbers.length || !words[i].matches("[0-9a-f]{8}")) {
                return null;
            }
            numbers[i] = Long.parseLong(words[i], 16);
        }
        return numbers;
    }

    private static byte[] text(byte[] all, int from, int length) {
        byte[] text = new byte[length];
        boolean lineStart = true;
        int at = from;
        for (int i = 0; i < length; i++) {
            at += lineStart ? 1 : 0; // the hash
            if (at >= all.length) {
                return null;
            }
            text[i] = all[at++];
            lineStart = text[i] == '\n';
        }
        return text;
    }
}
