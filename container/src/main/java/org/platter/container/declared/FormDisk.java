// SPDX-License-Identifier: Apache-2.0
package org.platter.container.declared;

import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.platter.container.PlatterDiskManager;

/** A declared disk whose configuration comes from the form of its format. */
@Component(
        service = {},
        factory = FormDisk.FACTORY,
        configurationPolicy = ConfigurationPolicy.IGNORE)
public final class FormDisk extends DeclaredDisk {
    /** Name of the component factory. */
    public static final String FACTORY = "org.platter.disk.form";

    /** Called by the framework. */
    @Activate
    public FormDisk(BundleContext context, @Reference PlatterDiskManager manager, Map<String, Object> properties) {
        super(context, manager, properties);
    }

    /** The same disk under other settings. */
    @Override
    public void modified(Map<String, Object> properties) {
        super.modified(properties);
    }

    @Override
    @Deactivate
    void deactivate() {
        super.deactivate();
    }
}
