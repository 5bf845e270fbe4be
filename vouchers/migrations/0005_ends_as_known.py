import datetime

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vouchers', '0004_ends_by_life'),
    ]

    operations = [
        migrations.AddField(
            model_name='voucherend',
            name='booked_on',
            field=models.DateField(default=datetime.date(2000, 1, 1)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='liftedend',
            name='ended_booked_on',
            field=models.DateField(default=datetime.date(2000, 1, 1)),
            preserve_default=False,
        ),
    ]
