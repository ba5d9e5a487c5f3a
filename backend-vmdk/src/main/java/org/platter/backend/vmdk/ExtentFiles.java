// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.backend.vmdk.descriptor.ExtentLine.Access;
import org.platter.backend.vmdk.descriptor.ExtentLine.Type;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Extent;
import org.platter.backend.vmdk.extent.FlatExtent;
import org.platter.backend.vmdk.extent.HiddenExtent;
import org.platter.backend.vmdk.extent.PinnedExtent;
import org.platter.backend.vmdk.extent.ReadOnlyExtent;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.extent.ZeroExtent;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.backend.vmdk.sparse.SeSparseExtent;
import org.platter.backend.vmdk.sparse.SparseExtent;
import org.platter.backend.vmdk.stream.StreamExtent;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageContext;
import org.platter.storage.ReadOnlyStorage;
import org.platter.storage.Storage;

/** Opens the extents that a descriptor file names, and sees that no byte is in two of them. For one image. */
final class ExtentFiles {
    private final ImageContext context;
    private final Storage main;
    private final String refusal; // why nothing may be changed, or empty
    private final Map<Storage, TreeMap<Long, Long>> used = new IdentityHashMap<>(); // from, to
    private long start; // of the next extent on the disk

    ExtentFiles(ImageContext context, Storage main, String refusal) {
        this.context = context;
        this.main = main;
        this.refusal = refusal;
    }

    /** Bytes of a block of the first extent that has blocks, or 0; what is damaged or missing does not matter. */
    static long blockSize(ImageContext context, List<ExtentLine> lines) {
        for (ExtentLine line : lines) {
            boolean blocks =
                    line.type() == Type.SPARSE || line.type() == Type.VMFSSPARSE || line.type() == Type.SESPARSE;
            if (blocks && line.access() != Access.NOACCESS) {
                try {
                    return extent(context.storageForReading(line.name()), line, false)
                            .blockSize();
                } catch (IOException e) {
                    return 0;
                }
            }
        }
        return 0;
    }

    Extent open(ExtentLine line) throws IOException {
        try {
            Extent extent = aligned(extent(line));
            start += line.bytes();
            return extent;
        } catch (DiskException e) {
            throw line.name().isEmpty() ? e : e.at(shown(line.name()));
        }
    }

    private static String shown(String name) {
        return "extent \"" + (name.length() > 200 ? name.substring(0, 200) + "…" : name) + '"';
    }

    private Extent extent(ExtentLine line) throws IOException {
        if (line.access() == Access.NOACCESS) {
            return new HiddenExtent(line.bytes());
        }
        if (line.type() == Type.ZERO) {
            return new ZeroExtent(line.bytes());
        }
        if (line.type() == Type.VMFSRDM || line.type() == Type.VMFSRAW) {
            throw Bad.unsupported("VMDK: type " + line.type() + " is a device that only its ESX server reaches");
        }
        boolean writable = line.access() == Access.RW && line.type() != Type.SESPARSE && refusal.isEmpty();
        Storage file = file(line.name(), writable);
        claim(file, line);
        if (writable) {
            return extent(file, line, context.writable());
        }
        String reason = !refusal.isEmpty()
                ? refusal
                : line.access() == Access.RW
                        ? "type " + line.type() + " can only be read"
                        : "access is " + line.access();
        Storage view = new ReadOnlyStorage(file, ErrorCode.READ_ONLY, "VMDK extent: " + reason);
        return new ReadOnlyExtent(extent(view, line, false), reason);
    }

    private Storage file(String name, boolean writable) throws IOException {
        try {
            return opened(name, writable);
        } catch (DiskException e) {
            Optional<String> renamed = UnrenamedExtents.name(context.location(), name);
            if (e.code() != ErrorCode.NOT_FOUND || renamed.isEmpty()) {
                throw e;
            }
            return instead(renamed.get(), writable, e);
        }
    }

    private Storage instead(String renamed, boolean writable, DiskException missing) throws IOException {
        try {
            return opened(renamed, writable);
        } catch (DiskException e) {
            throw e.code() == ErrorCode.NOT_FOUND ? missing : e;
        }
    }

    private Storage opened(String name, boolean writable) throws IOException {
        return writable ? context.storage(name) : context.storageForReading(name);
    }

    private static Extent extent(Storage file, ExtentLine line, boolean writable) throws IOException {
        return switch (line.type()) {
            case FLAT, VMFS -> flat(file, line);
            case SPARSE ->
                HostedHeader.read(file, 0).validated().compressed()
                        ? StreamExtent.open(file, line.bytes())
                        : SparseExtent.hosted(file, line.bytes(), writable);
            case VMFSSPARSE -> SparseExtent.cowd(file, line.bytes(), writable);
            case SESPARSE -> SeSparseExtent.open(file, line.bytes());
            default -> throw Bad.unsupported("VMDK: type " + line.type() + " has no file");
        };
    }

    private static Extent flat(Storage file, ExtentLine line) throws IOException {
        FlatExtent extent = FlatExtent.of(file, Math.max(0, line.offset()) * Sectors.BYTES, line.bytes());
        if (line.type() == Type.VMFS && !extent.whole()) {
            throw Bad.corrupt(
                    "VMDK: the file has " + file.size() + " bytes, its extent " + line.bytes() + ": it is cut off");
        }
        return extent;
    }

    /** Files may be named twice for different parts, as devices are; a sparse extent has its file alone. */
    private void claim(Storage file, ExtentLine line) throws DiskException {
        if (file == main) {
            throw Bad.header("VMDK: the descriptor names itself as an extent");
        }
        boolean flat = line.type() == Type.FLAT;
        long from = flat ? Math.max(0, line.offset()) * Sectors.BYTES : 0;
        long to = flat ? from + line.bytes() : Long.MAX_VALUE;
        TreeMap<Long, Long> ranges = used.computeIfAbsent(file, f -> new TreeMap<>());
        Map.Entry<Long, Long> before = ranges.lowerEntry(to);
        if (before != null && before.getValue() > from) {
            throw Bad.header("VMDK: bytes " + from + " to " + to + " of the file are in two extents");
        }
        ranges.put(from, to);
    }

    /** Where blocks do not start at multiples of their size, a lock of blocks would not cover them. */
    private Extent aligned(Extent extent) {
        boolean aligned = extent.blockSize() == 0 || start % extent.blockSize() == 0;
        if (aligned || !extent.dynamic()) {
            return extent;
        }
        return new PinnedExtent(extent);
    }
}
