// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.util.List;
import java.util.Set;
import org.platter.backend.raw.RawBackend;
import org.platter.backend.vdi.VdiBackend;
import org.platter.backend.vhd.VhdBackend;
import org.platter.backend.vmdk.VmdkBackend;
import org.platter.container.format.FormatProvider;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.format.DiskFormat;
import org.platter.format.FormatBackend;
import org.platter.storage.StorageProvider;

/** The container without a framework: its real classes, with formats and storages added by hand. */
final class TestPlatform implements AutoCloseable {
    private final FormatRegistry registry = new FormatRegistry();
    private final PlatterDiskManager manager = new PlatterDiskManager(registry);

    /** With all formats whose images are files. */
    static TestPlatform withFileFormats(StorageProvider memory) {
        return new TestPlatform()
                .with(new RawBackend())
                .with(new VdiBackend())
                .with(new VmdkBackend())
                .with(new VhdBackend())
                .with("mem", memory);
    }

    TestPlatform with(FormatBackend backend) {
        registry.add(format(backend, "1.0.0"));
        return this;
    }

    /** What the annotation of a backend says, which the build turns into service properties. */
    static FormatProvider format(FormatBackend backend, String version) {
        Declared declared = Declared.of(backend.getClass());
        return new FormatProvider(
                declared.name(),
                backend.getClass().getPackageName(),
                version,
                declared.name().equals("RAW") ? -1000 : 0,
                declared.capabilities(),
                declared.extensions(),
                List.of(),
                List.of(),
                backend);
    }

    TestPlatform with(String scheme, StorageProvider provider) {
        registry.addStorage(scheme, provider);
        return this;
    }

    /** A new disk of one raw image in memory. */
    VirtualDisk raw(String name, long size) throws DiskException {
        VirtualDisk disk = manager.newDisk();
        disk.create(CreateRequest.of(MemoryProvider.uri(name)).withFormat("RAW").withSize(size));
        return disk;
    }

    FormatRegistry registry() {
        return registry;
    }

    DiskManager manager() {
        return manager;
    }

    @Override
    public void close() {
        manager.deactivate();
    }

    /** {@link DiskFormat} is not kept at run time; the tests know the formats they use. */
    record Declared(String name, List<String> extensions, Set<org.platter.format.Capability> capabilities) {
        static Declared of(Class<?> type) {
            var all = java.util.EnumSet.allOf(org.platter.format.Capability.class);
            all.remove(org.platter.format.Capability.CONFIG);
            all.remove(org.platter.format.Capability.TCPNET);
            return switch (type.getSimpleName()) {
                case "RawBackend" ->
                    new Declared(
                            "RAW",
                            List.of("img", "raw"),
                            Set.of(
                                    org.platter.format.Capability.CREATE_FIXED,
                                    org.platter.format.Capability.ASYNC,
                                    org.platter.format.Capability.FILE,
                                    org.platter.format.Capability.RESIZE,
                                    org.platter.format.Capability.DISCARD));
                case "VdiBackend", "BrokenBackend" -> {
                    all.remove(org.platter.format.Capability.CREATE_SPLIT_2G);
                    yield new Declared("VDI", List.of("vdi"), Set.copyOf(all));
                }
                case "VhdBackend" -> {
                    all.remove(org.platter.format.Capability.CREATE_SPLIT_2G);
                    yield new Declared("VHD", List.of("vhd", "vpc"), Set.copyOf(all));
                }
                case "VmdkBackend" -> new Declared("VMDK", List.of("vmdk"), Set.copyOf(all));
                default -> throw new IllegalArgumentException(type + " is not known here");
            };
        }
    }
}
