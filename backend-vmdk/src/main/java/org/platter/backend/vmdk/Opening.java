// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.platter.backend.vmdk.descriptor.Descriptor;
import org.platter.backend.vmdk.descriptor.DescriptorStore;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.backend.vmdk.descriptor.ExtentLine.Access;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Extent;
import org.platter.backend.vmdk.extent.FlatExtent;
import org.platter.backend.vmdk.extent.ReadOnlyExtent;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.file.ExtentNames;
import org.platter.backend.vmdk.layout.CowdHeader;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.backend.vmdk.meta.Attributes;
import org.platter.backend.vmdk.meta.CreateType;
import org.platter.backend.vmdk.meta.DescriptorText;
import org.platter.backend.vmdk.sparse.SparseExtent;
import org.platter.backend.vmdk.stream.StreamExtent;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.storage.ReadOnlyStorage;
import org.platter.storage.Storage;

/** Opens images. For one image. */
final class Opening {
    private static final int SESPARSE_MAGIC = 0xCAFE_BABE;

    /** Comments of that many bytes may stand before the line that makes a text a descriptor. */
    private static final int START_BYTES = 4096;

    private static final String STREAM = "a stream is written once, from front to end, and then only read";

    private final ImageContext context;

    Opening(ImageContext context) {
        this.context = context;
    }

    /** True if the storage looks like a VMDK, or like a part of one. */
    static boolean probe(Storage storage) throws IOException {
        ByteBuffer start = start(storage);
        int magic = magic(start);
        return magic == HostedHeader.MAGIC
                || magic == CowdHeader.MAGIC
                || magic == SESPARSE_MAGIC && start.remaining() >= Long.BYTES && start.getInt(Integer.BYTES) == 0
                || Descriptor.startsLikeOne(start);
    }

    /** True if the descriptor is in a sparse extent. */
    static boolean embeds(Storage storage) throws IOException {
        return magic(start(storage)) == HostedHeader.MAGIC;
    }

    private static ByteBuffer start(Storage storage) throws IOException {
        int length = (int) Math.min(START_BYTES, storage.size());
        return Sectors.read(storage, 0, length, "VMDK");
    }

    private static int magic(ByteBuffer start) {
        return start.remaining() < Integer.BYTES
                ? 0
                : start.order(ByteOrder.LITTLE_ENDIAN).getInt(0);
    }

    VmdkImage open() throws IOException {
        Storage main = context.storage();
        ByteBuffer start = start(main);
        int magic = magic(start);
        if (magic == HostedHeader.MAGIC) {
            return open(main, HostedHeader.read(main, 0).validated());
        }
        if (Descriptor.startsLikeOne(start)) {
            return described(main);
        }
        throw Bad.header(
                magic == CowdHeader.MAGIC || magic == SESPARSE_MAGIC
                        ? "VMDK: this file is one extent of an ESX disk; open the descriptor file that names it"
                        : "VMDK: starts with no KDMV header and no descriptor");
    }

    // --- one file ---

    /** The descriptor inside of a sparse extent. */
    static DescriptorStore embedded(Storage main) throws IOException {
        HostedHeader header = HostedHeader.read(main, 0).validated();
        if (header.descriptor() == 0) {
            throw noDescriptor();
        }
        int area = (int) header.descriptorSize() * Sectors.BYTES;
        DescriptorStore store = DescriptorStore.embedded(main, header.floor() - area, area);
        if (store.empty()) {
            throw noDescriptor();
        }
        return store;
    }

    private VmdkImage open(Storage main, HostedHeader header) throws IOException {
        DescriptorStore store = embedded(main);
        Descriptor descriptor = store.read();
        List<ExtentLine> lines = descriptor.extents();
        CreateType type = type(descriptor, lines.size() > 1 ? List.of(self(lines)) : lines);
        ExtentLine self = self(lines);
        Set<ImageFlag> flags = EnumSet.noneOf(ImageFlag.class);
        flags.addAll(type.flags(lines));
        if (header.compressed()) {
            flags.add(ImageFlag.STREAM_OPTIMIZED);
        }
        String refusal = refusal(header, self);
        ExtentFiles files = new ExtentFiles(context, main, refusal, ExtentNames.ofFiles(context));
        List<Extent> extents = new ArrayList<>();
        for (ExtentLine line : context.infoOnly() ? List.<ExtentLine>of() : lines) {
            extents.add(line == self ? files.self(line, sparse(main, line, refusal)) : files.open(line));
        }
        List<String> names =
                files.parts(lines.stream().filter(line -> line != self).toList());
        VmdkImage.Parts parts = new VmdkImage.Parts(
                main,
                store,
                flags,
                Integer.toString(header.version()),
                refusal,
                header.grain() * Sectors.BYTES,
                names,
                files.notes());
        return new VmdkImage(context, parts, descriptor, extents);
    }

    /** The line of the extent that the descriptor is in: the one with the name of the file, or the first sparse one. */
    private ExtentLine self(List<ExtentLine> lines) throws DiskException {
        List<ExtentLine> sparse = lines.stream()
                .filter(line -> line.type() == ExtentLine.Type.SPARSE)
                .toList();
        String path =
                context.location().getPath() == null ? "" : context.location().getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        return sparse.stream()
                .filter(line -> line.name().equals(name))
                .findFirst()
                .or(() -> sparse.stream().findFirst())
                .orElseThrow(() -> Bad.header("VMDK: an embedded descriptor names " + lines.size()
                        + " extents, none of them the sparse one that it is in"));
    }

    private static DiskException noDescriptor() {
        return Bad.header("VMDK: this file is one extent of a disk and has no descriptor; open the file that names it");
    }

    private static CreateType type(Descriptor descriptor, List<ExtentLine> lines) throws DiskException {
        String version = descriptor.value(Attributes.VERSION).orElse("1");
        if (!version.matches("[1-3]")) {
            throw Bad.unsupported("VMDK descriptor: version " + version + " is not 1 to 3");
        }
        String word = descriptor
                .value(Attributes.CREATE_TYPE)
                .orElseThrow(() -> Bad.header("VMDK descriptor: has no createType"));
        CreateType type = CreateType.of(word);
        type.check(lines);
        return type;
    }

    /** Why the image can only be read, or empty. */
    private static String refusal(HostedHeader header, ExtentLine line) {
        if (header.compressed()) {
            return STREAM;
        }
        return line.access() == Access.RW ? "" : "its extent has access " + line.access();
    }

    private Extent sparse(Storage storage, ExtentLine line, String refusal) throws IOException {
        HostedHeader header = HostedHeader.read(storage, 0).validated();
        if (header.compressed()) {
            return StreamExtent.open(storage, line.bytes());
        }
        if (refusal.isEmpty()) {
            return SparseExtent.hosted(storage, line.bytes(), context.writable());
        }
        Storage view = new ReadOnlyStorage(storage, ErrorCode.READ_ONLY, "VMDK: " + refusal);
        return new ReadOnlyExtent(SparseExtent.hosted(view, line.bytes(), false), refusal);
    }

    // --- a descriptor file ---

    private VmdkImage described(Storage main) throws IOException {
        DescriptorStore store = DescriptorStore.file(main);
        Descriptor descriptor = store.read();
        List<ExtentLine> lines = descriptor.extents();
        CreateType type = type(descriptor, lines);
        String version = descriptor.value(Attributes.VERSION).orElse("1");
        Set<ImageFlag> flags = type.flags(lines);
        ExtentNames names =
                flags.contains(ImageFlag.RAWDISK) ? ExtentNames.ofDevices(context) : ExtentNames.ofFiles(context);
        ExtentFiles files = new ExtentFiles(context, main, "", names);
        List<Extent> extents = new ArrayList<>();
        for (ExtentLine line : context.infoOnly() ? List.<ExtentLine>of() : lines) {
            Extent extent = files.open(line);
            extents.add(extent instanceof FlatExtent flat && DescriptorText.thin(descriptor) ? flat.thin() : extent);
        }
        List<String> found = files.parts(lines);
        long block = context.infoOnly() ? files.blockSize(lines) : 0;
        VmdkImage.Parts parts = new VmdkImage.Parts(main, store, flags, version, "", block, found, files.notes());
        return new VmdkImage(context, parts, descriptor, extents);
    }
}
