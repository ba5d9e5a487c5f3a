// SPDX-License-Identifier: Apache-2.0
package org.platter.container.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Keeps a raw disk that nobody named raw from becoming something else: refuses writes after which it would bear the
 * signature of a format where that lives, and be opened as that the next time. Immutable.
 */
public final class SignatureGuard {
    /** Platform that are known whether they are installed or not. */
    private static final List<String> KNOWN = List.of(
            "VDI 64:7f10dabe",
            "VMDK 0:4b444d56",
            "VMDK 0:434f5744",
            "VMDK 0:cafebabe00000000",
            "VMDK 0:" + text("# Disk Descriptor"),
            "VMDK 0:" + text("# disk descriptor"),
            "VHD 0:" + text("conectix"),
            "VHD -512:" + text("conectix"),
            "VHDX 0:" + text("vhdxfile"),
            "QCOW2 0:514649fb",
            "QED 0:51454400",
            "PARALLELS 0:" + text("WithoutFreeSpace"),
            "PARALLELS 0:" + text("WithouFreSpacExt"));

    private record Signature(String format, long position, byte[] bytes) {
        /** Written {@code FORMAT POSITION:HEX}; a negative position counts from the end of the disk. */
        static Signature of(String text, long size) {
            int space = text.indexOf(' ');
            int colon = text.indexOf(':', space);
            long position = Long.parseLong(text.substring(space + 1, colon));
            byte[] bytes = HexFormat.of().parseHex(text.substring(colon + 1));
            return new Signature(text.substring(0, space), position < 0 ? size + position : position, bytes);
        }

        long end() {
            return position + bytes.length;
        }
    }

    /** Reads what is on the disk. */
    public interface Content {
        void read(ByteBuffer dst, long offset) throws IOException;
    }

    private final List<Signature> signatures;
    private final long head; // bytes in front where signatures live
    private final long tail; // offset from which on they live at the end

    private SignatureGuard(List<Signature> signatures) {
        this.signatures = signatures;
        head = signatures.stream()
                .filter(signature -> signature.position() < 4096)
                .mapToLong(Signature::end)
                .max()
                .orElse(0);
        tail = signatures.stream()
                .filter(signature -> signature.position() >= 4096)
                .mapToLong(Signature::position)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** For a disk of that size. */
    public static SignatureGuard of(List<FormatProvider> installed, long size) {
        List<String> texts = new ArrayList<>(KNOWN);
        installed.forEach(format -> format.signatures().forEach(text -> texts.add(format.name() + " " + text)));
        return new SignatureGuard(texts.stream()
                .map(text -> Signature.of(text, size))
                .filter(signature -> signature.position() >= 0 && signature.end() <= size)
                .toList());
    }

    private static String text(String signature) {
        return HexFormat.of().formatHex(signature.getBytes(StandardCharsets.US_ASCII));
    }

    /** Refuses to write the rest of {@code src} if the disk would bear a signature then that it does not bear now. */
    public void check(ByteBuffer src, long offset, Content disk) throws IOException {
        long end = offset + src.remaining();
        if (offset >= head && end <= tail) {
            return;
        }
        for (Signature signature : signatures) {
            if (offset < signature.end() && end > signature.position()) {
                check(signature, src, offset, disk);
            }
        }
    }

    private static void check(Signature signature, ByteBuffer src, long offset, Content disk) throws IOException {
        long from = signature.position() / 512 * 512;
        int skipped = (int) (signature.position() - from);
        ByteBuffer now = ByteBuffer.allocate((skipped + signature.bytes().length + 511) / 512 * 512);
        disk.read(now, from);
        byte[] before = Arrays.copyOfRange(now.array(), skipped, skipped + signature.bytes().length);
        byte[] after = before.clone();
        for (int i = 0; i < after.length; i++) {
            long place = signature.position() + i;
            if (place >= offset && place < offset + src.remaining()) {
                after[i] = src.get(src.position() + (int) (place - offset));
            }
        }
        if (Arrays.equals(after, signature.bytes()) && !Arrays.equals(before, signature.bytes())) {
            throw new DiskException(
                    ErrorCode.DENIED,
                    "the write at " + offset + " would make this raw disk look like " + signature.format()
                            + " the next time; open it with its format named, -f RAW, to allow that");
        }
    }
}
