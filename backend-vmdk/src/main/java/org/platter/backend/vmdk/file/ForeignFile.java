// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.platter.backend.vmdk.descriptor.Descriptor;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.CowdHeader;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.backend.vmdk.layout.SeSparseHeader;
import org.platter.storage.Storage;

/**
 * Tells a disk of its own from bytes that belong to whoever names them: a line of a descriptor must not give away, or
 * overwrite, the image next to it.
 */
public final class ForeignFile {
    /** What stands at a position, from the end if that is negative. */
    private record Signature(String what, int position, byte[] bytes) {
        Signature(String what, int position, String text) {
            this(what, position, text.getBytes(StandardCharsets.ISO_8859_1));
        }

        boolean in(byte[] start, byte[] end) {
            byte[] place = position < 0 ? end : start;
            int from = position < 0 ? end.length + position : position;
            return from >= 0
                    && from + bytes.length <= place.length
                    && Arrays.equals(place, from, from + bytes.length, bytes, 0, bytes.length);
        }
    }

    private static final List<Signature> SIGNATURES = List.of(
            new Signature("a sparse VMDK", 0, number(HostedHeader.MAGIC)),
            new Signature("a COWD extent", 0, number(CowdHeader.MAGIC)),
            new Signature("a seSparse extent", 0, number((int) SeSparseHeader.MAGIC)),
            new Signature("a VDI", 0x40, number(0xBEDA_107F)),
            new Signature("a QCOW image", 0, "QFI\u00FB"),
            new Signature("a VHDX", 0, "vhdxfile"),
            new Signature("a VHD", 0, "conectix"),
            new Signature("a VHD", -512, "conectix"),
            new Signature("a QED image", 0, "QED\0"),
            new Signature("a Parallels image", 0, "WithoutFreeSpace"),
            new Signature("a Parallels image", 0, "WithouFreSpacExt"),
            new Signature("a Bochs image", 0, "Bochs Virtual HD Image"),
            new Signature("a DMG", -512, "koly"));

    private ForeignFile() {}

    private static byte[] number(int magic) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(magic)
                .array();
    }

    /** What a file is by its own signature. */
    public static Optional<String> signature(Storage file) throws IOException {
        long size = file.size();
        int length = (int) Math.min(Sectors.BYTES, size);
        byte[] start = Sectors.read(file, 0, length, "VMDK extent").array();
        byte[] end = Sectors.read(file, size - length, length, "VMDK extent").array();
        if (Descriptor.startsLikeOne(ByteBuffer.wrap(start))) {
            return Optional.of("a VMDK descriptor");
        }
        return SIGNATURES.stream()
                .filter(each -> each.in(start, end))
                .map(Signature::what)
                .findFirst();
    }

    /** True if a hosted sparse extent has a descriptor of its own, so that it is a whole disk. */
    public static boolean wholeDisk(Storage file, HostedHeader header) throws IOException {
        if (header.descriptor() == 0) {
            return false;
        }
        int area = (int) header.descriptorSize() * Sectors.BYTES;
        byte[] text = Sectors.read(file, header.floor() - area, Math.min(area, Sectors.BYTES), "VMDK descriptor")
                .array();
        return text[0] != 0;
    }
}
