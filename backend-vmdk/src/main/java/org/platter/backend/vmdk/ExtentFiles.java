// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.backend.vmdk.descriptor.ExtentLine.Access;
import org.platter.backend.vmdk.descriptor.ExtentLine.Type;
import org.platter.backend.vmdk.descriptor.LineScanner;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Extent;
import org.platter.backend.vmdk.extent.FlatExtent;
import org.platter.backend.vmdk.extent.HiddenExtent;
import org.platter.backend.vmdk.extent.PinnedExtent;
import org.platter.backend.vmdk.extent.ReadOnlyExtent;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.extent.ZeroExtent;
import org.platter.backend.vmdk.file.ExtentNames;
import org.platter.backend.vmdk.file.ForeignFile;
import org.platter.backend.vmdk.layout.CowdHeader;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.backend.vmdk.layout.Layout;
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
    private final ExtentNames names;
    private final List<String> notes = new ArrayList<>();
    private final Set<String> foreign = new HashSet<>(); // names of files that are no part of this image
    private long entries; // of the directories so far
    private long start; // of the next extent on the disk

    ExtentFiles(ImageContext context, Storage main, String refusal, ExtentNames names) {
        this.context = context;
        this.main = main;
        this.refusal = refusal;
        this.names = names;
    }

    /** Bytes of a block of the first extent that has blocks, or 0; what is damaged or missing does not matter. */
    long blockSize(List<ExtentLine> lines) {
        for (ExtentLine line : lines) {
            boolean blocks =
                    line.type() == Type.SPARSE || line.type() == Type.VMFSSPARSE || line.type() == Type.SESPARSE;
            if (blocks && line.access() != Access.NOACCESS) {
                try {
                    Storage file = names.open(line.name(), context::storageForReading);
                    return extent(file, line, false).blockSize();
                } catch (IOException e) {
                    return 0;
                }
            }
        }
        return 0;
    }

    /**
     * The names of the files that make up the image, present or not, as they were found. Devices are none, nor is a file
     * that is a disk of its own: whoever deletes the image must not delete its neighbour.
     */
    List<String> parts(List<ExtentLine> lines) {
        Set<String> parts = new LinkedHashSet<>();
        for (ExtentLine line : lines) {
            String name = line.name();
            if (!name.isEmpty() && !names.device(name)) {
                look(line);
                if (!foreign.contains(name)) {
                    parts.add(names.found(name));
                }
            }
        }
        return List.copyOf(parts);
    }

    /** Finds out what a file is that need not be opened; that it is missing or damaged does not matter. */
    private void look(ExtentLine line) {
        boolean opened = !context.infoOnly() && line.access() != Access.NOACCESS;
        if (opened) {
            return;
        }
        try {
            Storage file = names.open(line.name(), context::storageForReading);
            refuseForeign(file, line);
        } catch (IOException e) {
            if (foreign.contains(line.name())) {
                notes.add(e.getMessage());
            }
        }
    }

    /** What the user should know of the files. */
    List<String> notes() {
        List<String> all = new ArrayList<>(names.notes());
        all.addAll(notes);
        return all;
    }

    /** An image may not read or overwrite its neighbour by naming it as an extent. */
    private void refuseForeign(Storage file, ExtentLine line) throws IOException {
        String name = line.name();
        Optional<String> found = Optional.empty();
        if (!flat(line)) {
            Optional<String> kind = ForeignFile.signature(file);
            boolean hosted = kind.isPresent() && file.size() >= HostedHeader.BYTES && magic(file) == HostedHeader.MAGIC;
            if (hosted && ForeignFile.wholeDisk(file, HostedHeader.read(file, 0).validated())) {
                found = kind;
            }
        } else if (!names.device(name) && !names.own(name)) {
            found = ForeignFile.signature(file);
        }
        if (found.isPresent()) {
            foreign.add(name);
            throw new DiskException(
                    ErrorCode.DENIED,
                    "VMDK extent: the file is " + found.get()
                            + " by its own signature, and no part of this image; open it by itself");
        }
    }

    private static boolean flat(ExtentLine line) {
        return line.type() == Type.FLAT || line.type() == Type.VMFS;
    }

    private static int magic(Storage file) throws IOException {
        return Sectors.read(file, 0, Integer.BYTES, "VMDK extent").getInt();
    }

    /** The extent that the descriptor itself is in. */
    Extent self(ExtentLine line, Extent extent) {
        used.put(main, new TreeMap<>(Map.of(0L, Long.MAX_VALUE)));
        Extent placed = aligned(extent);
        start += line.bytes();
        return placed;
    }

    Extent open(ExtentLine line) throws IOException {
        try {
            Extent extent = aligned(extent(line));
            start += line.bytes();
            budget(extent);
            return extent;
        } catch (DiskException e) {
            throw line.name().isEmpty() ? e : e.at("extent " + LineScanner.shown(line.name()));
        }
    }

    /** What one extent may take in memory, all of them may: a few bytes of file can claim very large directories. */
    private void budget(Extent extent) throws DiskException {
        entries += extent.directoryEntries();
        if (entries > Layout.MOST_TABLES) {
            throw Bad.unsupported("VMDK: the grain directories of the extents so far have " + entries
                    + " entries in all, more than " + Layout.MOST_TABLES);
        }
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
        refuseForeign(file, line);
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
        return names.open(name, writable ? context::storage : context::storageForReading);
    }

    /** Sparse extents are what their first bytes say, whatever their line says: products mix the words up. */
    private Extent extent(Storage file, ExtentLine line, boolean writable) throws IOException {
        return switch (line.type()) {
            case FLAT, VMFS -> flat(file, line);
            case SPARSE, VMFSSPARSE -> sparse(file, line, writable);
            case SESPARSE -> SeSparseExtent.open(file, line.bytes());
            default -> throw Bad.unsupported("VMDK: type " + line.type() + " has no file");
        };
    }

    private Extent sparse(Storage file, ExtentLine line, boolean writable) throws IOException {
        int magic = magic(file);
        boolean cowd = magic == CowdHeader.MAGIC || line.type() == Type.VMFSSPARSE && magic != HostedHeader.MAGIC;
        if (cowd != (line.type() == Type.VMFSSPARSE)) {
            notes.add("VMDK descriptor: calls the extent " + LineScanner.shown(line.name()) + ' ' + line.type()
                    + ", its file is " + (cowd ? "COWD" : "hosted sparse"));
        }
        if (cowd) {
            return SparseExtent.cowd(file, line.bytes(), writable);
        }
        return HostedHeader.read(file, 0).validated().compressed()
                ? StreamExtent.open(file, line.bytes())
                : SparseExtent.hosted(file, line.bytes(), writable);
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
        boolean flat = line.type() == Type.FLAT; // a VMFS extent has its file alone
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
